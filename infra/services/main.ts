/** `npm run services -- install | start`: Redis and MinIO for a cluster on this machine, without containers. */
import { once } from 'node:events';
import { installServices, startServices } from './services.ts';

const command = process.argv[2];
switch (command) {
  case 'install':
    await installServices((line) => console.error(line));
    console.error('Redis and MinIO are installed.');
    break;
  case 'start': {
    const services = await startServices();
    const { endpoint, accessKeyId, secretAccessKey, bucket } = services.s3;
    console.log(`export MILLRACE_REDIS=${services.redisUrl}`);
    console.log(`export MILLRACE_STORE=s3://${bucket}`);
    console.log(`export AWS_ENDPOINT_URL=${endpoint}`);
    console.log(`export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`);
    console.log('export AWS_REGION=us-east-1');
    console.error('Running until Ctrl-C; then all their data is removed.');
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    await services.stop();
    break;
  }
  default:
    console.error('usage: npm run services -- install | start');
    process.exitCode = 2;
}
