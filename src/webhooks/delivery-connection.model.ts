import { connectionType } from '../graphql/connection.js';
import { DeliveryModel } from './delivery.model.js';
import type { Delivery } from './webhook.js';

export const DeliveryConnection = connectionType<Delivery>(DeliveryModel, 'Delivery', 'deliveries');
